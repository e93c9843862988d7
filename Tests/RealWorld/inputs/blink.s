; avr-as: a delay loop and a vector, macros, expressions and sections.
        .section .text
        .macro  outb port, value
        ldi     r16, \value
        out     \port, r16
        .endm
        .global main
main:   outb    0x04, (1 << 5) | 1
1:      sbi     0x05, 5
        rcall   wait
        cbi     0x05, 5
        rcall   wait
        rjmp    1b
wait:   ldi     r24, lo8(40000)
        ldi     r25, hi8(40000)
2:      sbiw    r24, 1
        brne    2b
        ret
        .section .data
table:  .word   main, wait, table + 4
        .ascii  "avr\0"
