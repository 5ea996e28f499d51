mintmark_fuzz(NAME chat_events SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_chat_events.c LINKS rpc/chat state/base SYSTEM Threads::Threads)
