# Completion of kv in bash. To have it in every shell:
#   kv completion bash > ~/.local/share/bash-completion/completions/kv
# or, for this shell alone:  source <(kv completion bash)
_kv() {
    local line part answer word tail strip
    line=${COMP_LINE:0:COMP_POINT}
    COMPREPLY=()
    {
        IFS= read -r part
        # bash completes what follows the last of these characters only.
        tail=${part##*["$COMP_WORDBREAKS"]}
        strip=${part%"$tail"}
        while IFS= read -r answer; do
            word=${answer%%$'\t'*}
            word=${word#"$strip"}
            [[ $word == */ ]] && compopt -o nospace 2>/dev/null # more may follow
            case $line in
                *[\'\"]*) ;;  # a quote may be open: bash closes it
                *) printf -v word '%q' "$word" ;;
            esac
            COMPREPLY+=("$word")
        done
    } < <("${COMP_WORDS[0]}" completion line "$line" 2>/dev/null)
}
complete -o nosort -F _kv kv
