#compdef kv
# Completion of kv in zsh. To have it in every shell, in a folder of $fpath:
#   kv completion zsh > ~/.zfunc/_kv
# or, for this shell alone:  source <(kv completion zsh)
_kv() {
    local -a answers words_only abouts
    answers=("${(@f)$("${words[1]}" completion words -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    local answer
    for answer in $answers; do
        [[ -n $answer ]] || continue
        words_only+=("${answer%%$'\t'*}")
        if [[ $answer == *$'\t'* ]]; then
            abouts+=("${answer%%$'\t'*}  -- ${answer#*$'\t'}")
        else
            abouts+=("$answer")
        fi
    done
    local -a behind # a folder is not the end of the word
    [[ $#words_only == 1 && $words_only[1] == */ ]] && behind=(-S '')
    compadd $behind -l -d abouts -a words_only
}
if [[ $funcstack[1] == _kv ]]; then
    _kv "$@"
else
    compdef _kv kv
fi
