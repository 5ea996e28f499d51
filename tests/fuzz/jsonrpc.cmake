mintmark_fuzz(NAME jsonrpc SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_jsonrpc.c ${CMAKE_CURRENT_LIST_DIR}/counted_ids.c
              LINKS rpc/eth tests/lib/chain SYSTEM Threads::Threads)
