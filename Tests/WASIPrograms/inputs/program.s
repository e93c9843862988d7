; A small AVR program: the linker would want a library for __udivmodqi4.
	.file	"program.c"
__zero_reg__ = 1
	.text
.global	sum
	.type	sum, @function
sum:
	movw r30,r24
	ldi r24,0
	ldi r25,0
.Lloop:
	ld r18,Z+
	add r24,r18
	adc r25,__zero_reg__
	dec r22
	brne .Lloop
	call __udivmodqi4
	ret
	.size	sum, .-sum
.global	main
	.type	main, @function
main:
	ldi r24,lo8(names)
	ldi r25,hi8(names)
	ldi r22,lo8(6)
	rcall sum
	sbi 0x05,5
	rjmp main
	.size	main, .-main
	.section	.rodata
names:
	.string	"ab"
	.string	"cd"
