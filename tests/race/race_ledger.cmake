mintmark_test(NAME race-ledger SOURCES ${CMAKE_CURRENT_LIST_DIR}/race_ledger.c LINKS tests/lib-chain SYSTEM Threads::Threads PLAIN
              LABELS race TIMEOUT 300)
