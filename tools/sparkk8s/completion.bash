# SPDX-License-Identifier: Apache-2.0
# bash completion for sparkk8s: asks the program, so that it knows what the program knows.
_sparkk8s()
{
    local line words=("${COMP_WORDS[@]:1:COMP_CWORD}")

    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("${line%%$'\t'*}")
    done < <("${COMP_WORDS[0]}" __complete -- "${words[@]}" 2>/dev/null)
    # A key of --conf is not all of the word.
    if [[ ${COMPREPLY[0]} == spark*[=.] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o default -o bashdefault -F _sparkk8s sparkk8s
