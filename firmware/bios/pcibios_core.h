/* The PCI BIOS functions (PCI BIOS Specification 2.1), assembled once for 16-bit and once for 32-bit code by pcibios.S:
 * AL the function; AH, the carry flag and the specification's registers come back. Nothing but registers and the stack
 * is touched. L(name) makes a label of each copy's own. */
L(pci_functions):
        cmpb    $0x01, %al
        je      L(pci_present)
        cmpb    $0x02, %al
        je      L(find_device)
        cmpb    $0x03, %al
        je      L(find_class)
        cmpb    $0x08, %al
        jb      L(unsupported)
        cmpb    $0x0D, %al
        ja      L(unsupported)
        /* 08h-0Ah read, 0Bh-0Dh write a byte, word, dword. */
        pushl   %edx
        pushl   %eax
        cmpw    $0xFF, %di
        ja      L(bad_register)
        movzbl  %al, %edx
        subb    $0x08, %dl
        cmpb    $3, %dl
        jb      1f
        subb    $3, %dl
1:      pushl   %ecx
        movb    %dl, %cl
        movb    $1, %dl
        shlb    %cl, %dl
        decb    %dl
        popl    %ecx
        testw   %di, %dx                     /* width - 1: what must be clear in the offset */
        jnz     L(bad_register)
        call    L(select)
        popl    %eax
        cmpb    $0x08, %al
        jne     1f
        pushl   %eax
        inb     %dx, %al
        movb    %al, %cl
        jmp     L(accessed)
1:      cmpb    $0x09, %al
        jne     1f
        pushl   %eax
        inw     %dx, %ax
        movw    %ax, %cx
        jmp     L(accessed)
1:      cmpb    $0x0A, %al
        jne     1f
        pushl   %eax
        inl     %dx, %eax
        movl    %eax, %ecx
        jmp     L(accessed)
1:      pushl   %eax
        cmpb    $0x0B, %al
        movl    %ecx, %eax
        je      1f
        cmpb    $0x0C, (%esp)
        je      2f
        outl    %eax, %dx
        jmp     L(accessed)
1:      outb    %al, %dx
        jmp     L(accessed)
2:      outw    %ax, %dx
L(accessed):
        popl    %eax
        popl    %edx
        xorb    %ah, %ah
        ret
L(bad_register):
        popl    %eax
        popl    %edx
        movb    $0x87, %ah
        stc
        ret
L(unsupported):
        movb    $0x81, %ah
        stc
        ret

L(pci_present):
        movw    $0x0001, %ax                 /* configuration mechanism 1 */
        movw    $0x0210, %bx
        movb    $0, %cl
        movl    $0x20494350, %edx
        clc
        ret

/* Puts the address of BX, DI into CONFADD and its port into DX. Changes EAX, EDX. */
L(select):
        movzwl  %bx, %eax
        shll    $8, %eax
        movzwl  %di, %edx
        orl     %edx, %eax
        andl    $0x00FFFFFC, %eax
        orl     $0x80000000, %eax
        movw    $0xCF8, %dx
        outl    %eax, %dx
        movw    %di, %dx
        andw    $3, %dx
        addw    $0xCFC, %dx
        ret

/* EAX: the dword at DI of function BX. Changes EDX. */
L(config_get):
        call    L(select)
        inl     %dx, %eax
        ret

/* Steps BX to the next function that is there; CF if there is none. Changes EAX, EDX, DI. */
L(function_next):
        incw    %bx
        testb   %bh, %bh
        jnz     2f
        testb   $7, %bl
        jz      1f
        pushl   %ebx
        andb    $0xF8, %bl
        movw    $0x0C, %di
        call    L(config_get)
        popl    %ebx
        testl   $0x00800000, %eax            /* a device with one function? */
        jnz     1f
        orb     $7, %bl
        jmp     L(function_next)
1:      xorw    %di, %di
        call    L(config_get)
        incw    %ax                          /* nobody: all ones */
        jz      L(function_next)
        clc
        ret
2:      stc
        ret

/* Function SI of those whose dword at offset CL of EBP, shifted right by CH bits, is EBP. EBX gets it; CF: none. */
L(search):
        movw    $0xFFFF, %bx
1:      call    L(function_next)
        jc      2f
        movzbw  %cl, %di
        call    L(config_get)
        pushl   %ecx
        movb    %ch, %cl
        shrl    %cl, %eax
        popl    %ecx
        cmpl    %ebp, %eax
        jne     1b
        subw    $1, %si
        jnc     1b
        clc
2:      ret

L(find_device):
        cmpw    $0xFFFF, %dx
        je      L(bad_vendor)
        pushl   %ebp
        pushl   %ecx
        pushl   %edx
        movw    %cx, %bp
        shll    $16, %ebp
        movw    %dx, %bp
        xorw    %cx, %cx
        jmp     L(find)
L(bad_vendor):
        movb    $0x83, %ah
        stc
        ret
L(find_class):
        pushl   %ebp
        pushl   %ecx
        pushl   %edx
        movl    %ecx, %ebp
        andl    $0x00FFFFFF, %ebp
        movw    $0x0808, %cx
L(find):
        pushl   %esi
        pushl   %edi
        pushl   %eax
        pushl   %ebx
        call    L(search)
        jc      1f
        addl    $4, %esp                     /* the caller's EBX gives way */
        popl    %eax
        movb    $0, %ah
        clc
        jmp     2f
1:      popl    %ebx
        popl    %eax
        movb    $0x86, %ah
        stc
2:      popl    %edi
        popl    %esi
        popl    %edx
        popl    %ecx
        popl    %ebp
        ret
