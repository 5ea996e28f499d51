# What mintmark_embed_files runs: FILES (with | between them) of FOLDER as the table TABLE in the C file OUTPUT.
set(media_types
    "html|text/html" "js|text/javascript" "mjs|text/javascript" "css|text/css" "txt|text/plain" "json|application/json"
    "webmanifest|application/manifest+json" "svg|image/svg+xml" "png|image/png" "jpg|image/jpeg" "webp|image/webp"
    "ico|image/x-icon" "woff2|font/woff2")

function(media_type_of out name)
  string(REGEX MATCH "[^.]*$" ending "${name}")
  foreach(pair IN LISTS media_types)
    if(pair MATCHES "^([^|]*)[|](.*)$" AND CMAKE_MATCH_1 STREQUAL ending)
      set(type "${CMAKE_MATCH_2}")
      if(type MATCHES "^text/")
        string(APPEND type "; charset=utf-8")
      endif()
      set(${out} "${type}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "${name}: no media type is known for this ending (scripts/cmake/embed_files.cmake)")
endfunction()

# Digits of the file as gzip makes it, or nothing where that is no shorter. The time in its head is taken out: the same file gives
# the same bytes.
function(gzip_of out path hex)
  set(packed "${OUTPUT}.gz")
  file(ARCHIVE_CREATE OUTPUT "${packed}" PATHS "${path}" FORMAT raw COMPRESSION GZip COMPRESSION_LEVEL 9)
  file(READ "${packed}" zipped HEX)
  file(REMOVE "${packed}")
  string(LENGTH "${hex}" plain_length)
  string(LENGTH "${zipped}" zipped_length)
  if(zipped_length LESS plain_length)
    string(SUBSTRING "${zipped}" 0 8 front)
    string(SUBSTRING "${zipped}" 16 -1 back)
    set(${out} "${front}00000000${back}" PARENT_SCOPE)
  else()
    set(${out} "" PARENT_SCOPE)
  endif()
endfunction()

# An array that is never empty, which C does not know.
function(add_array name hex)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  set(arrays "${arrays}static const uint8_t ${name}[] = { ${bytes}0 };\n" PARENT_SCOPE)
endfunction()

set(arrays "")
set(rows "")
set(index 0)
string(REPLACE "|" ";" names "${FILES}")
foreach(name IN LISTS names)
  set(path "${FOLDER}/${name}")
  file(READ "${path}" hex HEX)
  file(SHA256 "${path}" digest)
  string(SUBSTRING "${digest}" 0 32 tag)
  media_type_of(type "${name}")
  gzip_of(zipped "${path}" "${hex}")
  add_array(plain_${index} "${hex}")
  add_array(zipped_${index} "${zipped}")
  string(APPEND rows
    "    { \"/${name}\", \"${type}\", \"\\\"${tag}\\\"\", \"\\\"${tag}.gz\\\"\",\n      { plain_${index}, sizeof plain_${index} - 1 }, { zipped_${index}, sizeof zipped_${index} - 1 } },\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUTPUT}"
"#include \"${HEADER}\"\n\n${arrays}\nconst struct http_file ${TABLE}[] = {\n${rows}};\nconst size_t ${TABLE}_count = MM_COUNT_OF(${TABLE});\n")
