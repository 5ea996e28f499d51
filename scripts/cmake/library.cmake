# mintmark_library(SOURCES a.c … LINKS state/base … [SYSTEM PkgConfig::X …] [DETERMINISTIC])
# One static library for the folder it is called in, named after the folder (state/base → state-base). LINKS are the
# folders it may include from; the closure of them is written to architecture.txt for tests/source to check.
# DETERMINISTIC: the same tests look for clocks, randomness, sockets and threads among its undefined symbols.
function(mintmark_library)
  cmake_parse_arguments(ARG "DETERMINISTIC" "" "SOURCES;LINKS;SYSTEM" ${ARGN})
  file(RELATIVE_PATH folder "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
  string(REPLACE "/" "-" target "${folder}")
  string(REPLACE "/" "-" links "${ARG_LINKS}")
  add_library(${target} STATIC ${ARG_SOURCES})
  target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}" PRIVATE "${CMAKE_BINARY_DIR}/generated")
  target_link_libraries(${target} PUBLIC ${links} mintmark_flags PRIVATE mintmark_warnings ${ARG_SYSTEM})
  set(kind "free")
  if(ARG_DETERMINISTIC)
    set(kind "deterministic")
  endif()
  string(REPLACE ";" " " links_text "${ARG_LINKS}")
  set_property(GLOBAL APPEND PROPERTY MINTMARK_ARCHITECTURE "${folder}|${kind}|$<TARGET_FILE:${target}>|${links_text}")
endfunction()

# architecture.txt: a line per library, folder|kind|archive|direct links.
function(mintmark_write_architecture)
  get_property(lines GLOBAL PROPERTY MINTMARK_ARCHITECTURE)
  string(REPLACE ";" "\n" text "${lines}")
  file(GENERATE OUTPUT "${CMAKE_BINARY_DIR}/architecture.txt" CONTENT "${text}\n")
endfunction()

# add_subdirectory for each folder that is there.
function(mintmark_folders)
  foreach(folder IN LISTS ARGN)
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt")
      add_subdirectory(${folder})
    endif()
  endforeach()
endfunction()
