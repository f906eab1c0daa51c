# Makes docs/sensitive.md of cpu/sensitive.def: awk -f docs/sensitive.awk cpu/sensitive.def > docs/sensitive.md
# The opening comment becomes the text, each section comment a heading, each row a line of a table.

function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }

# The arguments of a row: commas inside quotes do not part them.
function columns(row, cell,    n, i, c, quoted) {
    n = 1; cell[1] = ""; quoted = 0
    for (i = 1; i <= length(row); i++) {
        c = substr(row, i, 1)
        if (c == "\"") quoted = !quoted
        else if (c == "," && !quoted) cell[++n] = ""
        else cell[n] = cell[n] c
    }
    for (i = 1; i <= n; i++) cell[i] = trim(cell[i])
    return n
}

NR == 1 { print "# The sensitive instructions\n\nGenerated from `cpu/sensitive.def` by `docs/sensitive.awk`; `trap86 --list-sensitive` prints the same.\n\n```" }
!table && /^(\/\*| \*)/ {
    last = sub(/ *\*\/$/, "")
    sub(/^(\/\*| \*) ?/, "")
    print
    if (last) { print "```"; table = 1 }
    next
}
/^\/\* ---- / {
    gsub(/^\/\* ---- | ---- \*\/$/, "")
    print "\n## " $0 "\n"
    print "| instruction | opcode | class | rule | listed by | real | protected | v86 | module | since | routine | afterwards |"
    print "|---|---|---|---|---|---|---|---|---|---|---|---|"
}
/^SENSITIVE\(/ {
    sub(/^SENSITIVE\(/, ""); sub(/\)$/, "")
    columns($0, c)
    printf "| `%s` | `%s` | %s | %s | %s | %s | %s | %s | %s | %s | `%s` | %s |\n", c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10], c[11], c[13], c[14]
}
