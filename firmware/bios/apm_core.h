/* APM functions that work in every mode, assembled once for 16-bit and once for 32-bit code by apm.S: AL the function;
 * AH and the carry flag come back. L(name) makes a label of each copy's own. */
L(apm_functions):
        cmpb    $0x05, %al
        je      L(apm_idle)
        cmpb    $0x06, %al
        je      L(apm_good)
        cmpb    $0x07, %al
        je      L(apm_state_set)
        cmpb    $0x08, %al
        je      L(apm_good)
        cmpb    $0x09, %al
        je      L(apm_good)
        cmpb    $0x0A, %al
        je      L(apm_power_status)
        cmpb    $0x0B, %al
        je      L(apm_event)
        cmpb    $0x0C, %al
        je      L(apm_state_get)
        cmpb    $0x0D, %al
        je      L(apm_good)
        cmpb    $0x0E, %al
        je      L(apm_version)
        cmpb    $0x0F, %al
        je      L(apm_good)
        cmpb    $0x10, %al
        je      L(apm_capabilities)
        movb    $0x0C, %ah                   /* function not supported */
        stc
        ret
L(apm_idle):
        sti
        hlt
L(apm_good):
        movb    $0, %ah
        clc
        ret
L(apm_state_set):
        cmpw    $0x0001, %bx
        jne     L(apm_no_device)
        cmpw    $0x0003, %cx
        jne     1f
        /* Off: SLP_EN with S5's type 0 in the PIIX4; Bochs' port where there is none. */
        movw    $0x604, %dx
        movw    $0x2000, %ax
        outw    %ax, %dx
        movw    $0x8900, %dx
        .irp    letter, 0x53, 0x68, 0x75, 0x74, 0x64, 0x6F, 0x77, 0x6E
        movb    $\letter, %al
        outb    %al, %dx
        .endr
        movb    $0x60, %ah
        stc
        ret
1:      cmpw    $0x0002, %cx                 /* standby and suspend: the next interrupt ends them */
        ja      1f
        testw   %cx, %cx
        jnz     L(apm_idle)
        jmp     L(apm_good)
1:      movb    $0x0A, %ah
        stc
        ret
L(apm_no_device):
        movb    $0x09, %ah
        stc
        ret
L(apm_power_status):
        cmpw    $0x0001, %bx
        jne     L(apm_no_device)
        movw    $0x01FF, %bx                 /* on line; battery unknown */
        movw    $0x80FF, %cx                 /* there is none */
        movw    $0xFFFF, %dx
        xorw    %si, %si
        jmp     L(apm_good)
L(apm_event):
        movb    $0x80, %ah
        stc
        ret
L(apm_state_get):
        cmpw    $0x0001, %bx
        jne     L(apm_no_device)
        xorw    %cx, %cx
        jmp     L(apm_good)
L(apm_version):
        movw    $0x0102, %ax
        clc
        ret
L(apm_capabilities):
        movb    $0, %bl
        xorw    %cx, %cx
        jmp     L(apm_good)
