/* setjmp and longjmp by WebAssembly's exceptions: the runtime for what clang makes of them (`-wasm-enable-sjlj`).
 *
 * clang turns a call of setjmp into __wasm_setjmp, which notes in the jmp_buf which call of which function it was, and
 * wraps what follows in a catch: __wasm_setjmp_test then tells whether the exception belongs to one of the function's
 * own setjmps, and which. longjmp is a throw. The interface is LLVM's (WebAssemblyLowerEmscriptenEHSjLj). */
#include <stdint.h>

struct jump {
	void *invocation;
	uint32_t label;
	struct {
		void *buffer;
		int value;
	} thrown;
};

void __wasm_setjmp(void *buffer, uint32_t label, void *invocation)
{
	struct jump *jump = buffer;
	jump->invocation = invocation;
	jump->label = label;
}

uint32_t __wasm_setjmp_test(void *buffer, void *invocation)
{
	struct jump *jump = buffer;
	return jump->invocation == invocation ? jump->label : 0;
}

void __wasm_longjmp(void *buffer, int value)
{
	struct jump *jump = buffer;
	jump->thrown.buffer = buffer;
	jump->thrown.value = value == 0 ? 1 : value;
	__builtin_wasm_throw(1, &jump->thrown);
}

__asm__(".globl __c_longjmp\n"
	".tagtype __c_longjmp i32\n"
	"__c_longjmp:\n");
