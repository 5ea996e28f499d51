mintmark_fuzz(NAME persona SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_persona.c LINKS rpc/persona state/codec state/base)
