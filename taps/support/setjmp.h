/* In place of the C library's, which has none for WASI. */
#ifndef BERTH_SETJMP_H
#define BERTH_SETJMP_H

typedef unsigned long jmp_buf[8];
typedef jmp_buf sigjmp_buf;

int setjmp(jmp_buf) __attribute__((__returns_twice__));
_Noreturn void longjmp(jmp_buf, int);
#define setjmp(buffer) setjmp(buffer)
#define sigsetjmp(buffer, save) setjmp(buffer)
#define siglongjmp longjmp
#define _setjmp(buffer) setjmp(buffer)
#define _longjmp longjmp

#endif
