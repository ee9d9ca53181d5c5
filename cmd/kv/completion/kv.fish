# Completion of kv in fish. To have it in every shell:
#   kv completion fish > ~/.config/fish/completions/kv.fish
# or, for this shell alone:  kv completion fish | source
function __kv_complete
    set -l words (commandline -opc)
    $words[1] completion words -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c kv -f -a '(__kv_complete)'
