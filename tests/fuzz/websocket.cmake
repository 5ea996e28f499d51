mintmark_fuzz(NAME websocket SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_websocket.c ${CMAKE_CURRENT_LIST_DIR}/counted_ids.c ${CMAKE_SOURCE_DIR}/tests/lib/http_client.c
              ${CMAKE_SOURCE_DIR}/tests/lib/websocket_client.c LINKS rpc/eth tests/lib/chain SYSTEM Threads::Threads)
