mintmark_test(NAME race-websocket SOURCES ${CMAKE_CURRENT_LIST_DIR}/race_websocket.c ${CMAKE_SOURCE_DIR}/tests/lib/http_client.c
              ${CMAKE_SOURCE_DIR}/tests/lib/websocket_client.c LINKS rpc/http state/base LABELS race PLAIN SYSTEM Threads::Threads)
