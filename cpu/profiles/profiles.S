/* The cost profiles as text in the binary, each between two symbols. */
        .macro  profile symbol, file
        .globl  profile_\symbol, profile_\symbol\()_end
profile_\symbol:
        .incbin "cpu/profiles/\file"
profile_\symbol\()_end:
        .endm
        .section .rodata, "a"
        profile p4_672, p4-672.profile
        profile lecture, lecture.profile
        profile flat_1, flat-1.profile
        .section .note.GNU-stack, "", @progbits
