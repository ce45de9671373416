# The launcher for x86_64: reads syscall programs from descriptor 3 and runs them, row by row.
#
# It knows nothing else. What the rows mean is written in TypeScript (sandbox/program.ts).
#
#   header, 64 bytes:  0  address of the rows to go on with when a "must" row fails
#                      8  address of the row that failed       (written here)
#                     16  its result, a negative errno         (written here)
#   row, 64 bytes:     0  syscall number, 32 bits; -1 ends the program
#                      4  flags, 32 bits: bit 0 = must; bits 16.. = rows to skip if the result is not 0
#                      8  six arguments, 64 bits each
#                     56  address where the result is stored, 0 = nowhere
#
# Registers:  r12  the arena: where programs are read to, and where their data lives
#             rbx  the row being run
# A syscall takes its number in rax and its arguments in rdi, rsi, rdx, r10, r8, r9; it returns in rax and
# overwrites rcx and r11 (syscall(2)). All others survive, a fork included: a forked launcher is a launcher.
#
# Assemble:  as -o launcher.o launcher_x86_64.s && objcopy -O binary -j .text launcher.o launcher.bin

        .set ARENA, 0x10000000
        .set ARENA_SIZE, 0x60000

        .text
        .globl _start
_start: mov     $ARENA, %r12d

program:                                # read(3, ARENA, ARENA_SIZE): one message is one program
        xor     %eax, %eax
        mov     $3, %edi
        mov     %r12, %rsi
        mov     $ARENA_SIZE, %edx
        syscall
        test    %rax, %rax
        jle     quit                    # end of file or an error: whoever sent programs is gone
        lea     64(%r12), %rbx

row:    mov     (%rbx), %eax
        cmp     $-1, %eax
        je      program
        mov     8(%rbx), %rdi
        mov     16(%rbx), %rsi
        mov     24(%rbx), %rdx
        mov     32(%rbx), %r10
        mov     40(%rbx), %r8
        mov     48(%rbx), %r9
        syscall
        mov     56(%rbx), %rcx          # store the result, if it is wanted
        jrcxz   stored
        mov     %rax, (%rcx)
stored: mov     4(%rbx), %ecx           # flags
        test    $1, %cl
        jz      skip
        cmp     $-4095, %rax            # the kernel's errors are -4095 to -1
        jae     fail
skip:   test    %rax, %rax
        jz      next
        shr     $16, %ecx               # result not 0: pass over that many rows of 64 bytes
        shl     $6, %ecx
        add     %rcx, %rbx
next:   add     $64, %rbx
        jmp     row

fail:   mov     %rbx, 8(%r12)
        mov     %rax, 16(%r12)
        mov     (%r12), %rbx
        jmp     row

quit:   mov     $231, %eax              # exit_group(0)
        xor     %edi, %edi
        syscall
