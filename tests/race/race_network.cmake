mintmark_test(NAME race-network SOURCES ${CMAKE_CURRENT_LIST_DIR}/race_network.c ${CMAKE_CURRENT_LIST_DIR}/nng.c
              LINKS tests/lib-chain node/network node/log p2p/wire SYSTEM Threads::Threads PLAIN LABELS race TIMEOUT 300)
