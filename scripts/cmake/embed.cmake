# mintmark_embed(OUTPUT file.c HEADER node/x.h FUNCTION name FILE path): a C file with a function that gives the bytes of a file.
function(mintmark_embed)
  cmake_parse_arguments(ARG "" "OUTPUT;HEADER;FUNCTION;FILE" "" ${ARGN})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${ARG_FILE}")
  file(READ "${ARG_FILE}" hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  file(CONFIGURE OUTPUT "${ARG_OUTPUT}" CONTENT
"#include \"${ARG_HEADER}\"\n\nmm_bytes ${ARG_FUNCTION}(void)\n{\n    static const uint8_t bytes[] = { ${bytes} };\n    return MM_BYTES_OF(bytes);\n}\n")
endfunction()

# mintmark_embed_files(OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/files.c HEADER rpc/web/files.h TABLE web_files FILES index.html view/token.js …)
# A C file with a table of files for a door (rpc/http/file.h), made whenever one of them changes. FILES are named from the folder that
# this is called in, and that name behind a slash is their path; the type follows from its ending; the entity tag is of the bytes; what
# gzip makes smaller is there in both forms. PACKED: those of them that are put together with what they import (pack.cmake), which is not
# there by itself then. HEADER declares what OUTPUT defines:
#   extern const struct http_file web_files[];
#   extern const size_t web_files_count;
function(mintmark_embed_files)
  cmake_parse_arguments(ARG "" "OUTPUT;HEADER;TABLE" "FILES;PACKED" ${ARGN})
  set(script ${CMAKE_SOURCE_DIR}/scripts/cmake/embed_files.cmake)
  list(TRANSFORM ARG_FILES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE paths)
  string(REPLACE ";" "|" names "${ARG_FILES}")
  string(REPLACE ";" "|" packs "${ARG_PACKED}")
  add_custom_command(OUTPUT ${ARG_OUTPUT}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${ARG_OUTPUT} -DHEADER=${ARG_HEADER} -DTABLE=${ARG_TABLE}
            -DFOLDER=${CMAKE_CURRENT_SOURCE_DIR} "-DFILES=${names}" "-DPACKED=${packs}" -P ${script}
    DEPENDS ${paths} ${script} ${CMAKE_SOURCE_DIR}/scripts/cmake/pack.cmake
    VERBATIM)
endfunction()
