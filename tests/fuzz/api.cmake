mintmark_fuzz(NAME api SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_api.c ${CMAKE_SOURCE_DIR}/tests/lib/http_client.c LINKS rpc/content rpc/http p2p/content state/codec
              state/base SYSTEM Threads::Threads)
