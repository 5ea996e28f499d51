# mintmark_embed(OUTPUT file.c HEADER node/x.h FUNCTION name FILE path): a C file with a function that gives the bytes of a file.
function(mintmark_embed)
  cmake_parse_arguments(ARG "" "OUTPUT;HEADER;FUNCTION;FILE" "" ${ARGN})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${ARG_FILE}")
  file(READ "${ARG_FILE}" hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  file(CONFIGURE OUTPUT "${ARG_OUTPUT}" CONTENT
"#include \"${ARG_HEADER}\"\n\nmm_bytes ${ARG_FUNCTION}(void)\n{\n    static const uint8_t bytes[] = { ${bytes} };\n    return MM_BYTES_OF(bytes);\n}\n")
endfunction()
