mintmark_fuzz(NAME transcript SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_transcript.c LINKS rpc/transcript rpc/persona state/codec state/base)
