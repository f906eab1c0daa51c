# font.txt to C: font_8x16, font_8x14, font_8x8. An 8x14 glyph is the 8x16 one without its first and last row; capitals
# whose accents stand in the first rows lose one of their stems instead.
BEGIN { split("142 143 144 153 154 165", list); for (i in list) accented[list[i]] }
function byte(cells,    i, value) {
    value = 0
    for (i = 1; i <= 8; i++) value = 2 * value + (substr(cells, i, 1) == "#")
    return value
}
function table(name, height, from,    glyph, row, line) {
    printf "const u8 font_%s[256][%d] = {\n", name, height
    for (glyph = 0; glyph < 256; glyph++) {
        line = ""
        for (row = 0; row < from; row++) {
            if (from != height && (row == from - 1 || row == (glyph in accented ? 10 : 0))) continue
            line = line sprintf("0x%02X,", pixel[from, glyph, row])
        }
        printf "    { %s },    /* %02X */\n", line, glyph
    }
    print "};"
}
/^#/ { next }
$1 == "height" { height = $2; first = -8; next }
$1 == "=" { first += 8; row = 0; next }
NF == 8 {
    for (i = 1; i <= 8; i++) pixel[height, first + i - 1, row] = byte($i)
    row++
}
END {
    print "/* Made by font.awk of font.txt. */"
    print "#include \"firmware/vgabios/fonts.h\""
    table("8x16", 16, 16)
    table("8x14", 14, 16)
    table("8x8", 8, 8)
}
