// The launcher for aarch64: reads syscall programs from descriptor 3 and runs them, row by row.
//
// The same program, header and rows as launcher_x86_64.s; see there for their layout.
//
// Registers:  x19  the arena: where programs are read to, and where their data lives
//             x20  the row being run
//             w21  its flags
// A syscall takes its number in x8 and its arguments in x0 to x5; it returns in x0 and leaves all others
// as they were (syscall(2)).
//
// Assemble:  aarch64-linux-gnu-as -o launcher.o launcher_aarch64.s && aarch64-linux-gnu-objcopy -O binary -j .text launcher.o launcher.bin

        .set ARENA_HIGH, 0x1000         // ARENA = 0x10000000
        .set ARENA_SIZE_HIGH, 0x6       // ARENA_SIZE = 0x60000

        .text
        .globl _start
_start: movz    x19, #ARENA_HIGH, lsl #16

program:                                // read(3, ARENA, ARENA_SIZE): one message is one program
        mov     x0, #3
        mov     x1, x19
        movz    x2, #ARENA_SIZE_HIGH, lsl #16
        mov     x8, #63
        svc     #0
        cmp     x0, #0
        b.le    quit                    // end of file or an error: whoever sent programs is gone
        add     x20, x19, #64

row:    ldp     w8, w21, [x20]
        cmn     w8, #1
        b.eq    program
        ldp     x0, x1, [x20, #8]
        ldp     x2, x3, [x20, #24]
        ldp     x4, x5, [x20, #40]
        svc     #0
        ldr     x9, [x20, #56]          // store the result, if it is wanted
        cbz     x9, stored
        str     x0, [x9]
stored: tbz     w21, #0, skip
        cmn     x0, #4095               // the kernel's errors are -4095 to -1
        b.hs    fail
skip:   cbz     x0, next
        lsr     w21, w21, #16           // result not 0: pass over that many rows of 64 bytes
        add     x20, x20, x21, lsl #6
next:   add     x20, x20, #64
        b       row

fail:   str     x20, [x19, #8]
        str     x0, [x19, #16]
        ldr     x20, [x19]
        b       row

quit:   mov     x0, #0
        mov     x8, #94                 // exit_group(0)
        svc     #0
