mintmark_test(NAME race-api SOURCES ${CMAKE_CURRENT_LIST_DIR}/race_api.c ${CMAKE_SOURCE_DIR}/tests/lib/http_client.c LINKS rpc/content rpc/http p2p/content state/base LABELS race PLAIN
              SYSTEM Threads::Threads)
