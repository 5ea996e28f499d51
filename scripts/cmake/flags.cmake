# Compiler flags. Strict warnings are private to our libraries: Criterion's macros trip -Wconversion, so tests get a milder set.
add_library(mintmark_flags INTERFACE)
target_compile_definitions(mintmark_flags INTERFACE _GNU_SOURCE)
target_compile_options(mintmark_flags INTERFACE -fno-strict-aliasing -fno-common -fstack-protector-strong)
if(MINTMARK_CHECKED)
  target_compile_definitions(mintmark_flags INTERFACE MINTMARK_CHECKED=1)
endif()
if(MINTMARK_WERROR)
  target_compile_options(mintmark_flags INTERFACE -Werror)
endif()
if(MINTMARK_COVERAGE)
  target_compile_options(mintmark_flags INTERFACE --coverage -O0)
  target_link_options(mintmark_flags INTERFACE --coverage)
endif()
if(MINTMARK_SANITIZE)
  target_compile_options(mintmark_flags INTERFACE -fsanitize=${MINTMARK_SANITIZE} -fno-sanitize-recover=all
                         -fno-omit-frame-pointer)
  target_link_options(mintmark_flags INTERFACE -fsanitize=${MINTMARK_SANITIZE})
elseif(CMAKE_BUILD_TYPE MATCHES "Rel")
  target_compile_definitions(mintmark_flags INTERFACE _FORTIFY_SOURCE=2)
  target_link_options(mintmark_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
if(MINTMARK_FUZZ)
  target_compile_options(mintmark_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

add_library(mintmark_warnings INTERFACE)
target_compile_options(mintmark_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes
  -Wvla -Wformat=2 -Wundef -Wcast-qual -Wwrite-strings -Wpointer-arith -Wswitch-enum -Wimplicit-fallthrough
  -Wdouble-promotion)

add_library(mintmark_test_warnings INTERFACE)
target_compile_options(mintmark_test_warnings INTERFACE -Wall -Wextra -Wshadow -Wvla -Wno-missing-field-initializers)
