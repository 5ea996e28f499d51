mintmark_test(NAME race-session SOURCES ${CMAKE_CURRENT_LIST_DIR}/race_session.c ${CMAKE_SOURCE_DIR}/tests/lib/http_client.c ${CMAKE_SOURCE_DIR}/tests/lib/wallet.c
              LINKS rpc/session rpc/http state/crypto LABELS race PLAIN SYSTEM Threads::Threads)
