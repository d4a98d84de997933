/* How a program of C begins on the board: the processor reads the end of the stack and the first function from address 0. */
#include <stdint.h>

extern void _start(void);
extern void __stack(void); /* An address, and no function. */

static void reset(void) {
    /* CPACR: the program may use the floating-point unit. */
    *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
    _start();
}

__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {__stack, reset};
