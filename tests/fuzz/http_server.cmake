mintmark_fuzz(NAME http-server SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_http_server.c ${CMAKE_SOURCE_DIR}/tests/lib/http_client.c
              ${CMAKE_SOURCE_DIR}/tests/lib/websocket_client.c LINKS rpc/http state/base SYSTEM Threads::Threads)
