#compdef sparkk8s
# SPDX-License-Identifier: Apache-2.0
# zsh completion for sparkk8s: asks the program, so that it knows what the program knows.
_sparkk8s() {
    local -a found
    local line

    while IFS= read -r line; do
        found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done < <("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    if [[ ${found[1]} == spark*[=.]:* ]]; then
        _describe -V sparkk8s found -S ""      # a key of --conf is not all of the word
    elif (( ${#found} )); then
        _describe sparkk8s found
    else
        _files
    fi
}
_sparkk8s "$@"
