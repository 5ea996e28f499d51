mintmark_test(NAME race-jsonrpc SOURCES ${CMAKE_CURRENT_LIST_DIR}/race_jsonrpc.c LINKS rpc/eth tests/lib/chain LABELS race PLAIN
              SYSTEM Threads::Threads)
