# What scripts/cmake/pack.cmake makes of a small page, and what it refuses: cmake -DFOLDER=build/… -P pack.cmake.
cmake_policy(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/../../scripts/cmake/pack.cmake)

if(ENTRY)
  pack_file(text reached "${FOLDER}" "${ENTRY}")
  return()
endif()

file(REMOVE_RECURSE "${FOLDER}")
file(WRITE "${FOLDER}/page/main.js" "// Begins.
import './part/side.js';
import * as all from './lib/low.js';
import {
  a as b,
  f,
} from './lib/low.js';

if (b) import('./part/late.js');
f(all);
")
file(WRITE "${FOLDER}/page/lib/low.js" "export const a = '[;\\n';
export async function f() {}
export class C {}
")
file(WRITE "${FOLDER}/page/part/side.js" "import { C } from '../lib/low.js';
new C();
")
file(WRITE "${FOLDER}/page/part/late.js" "import { a } from '../lib/low.js';

export default () => a;
")
file(WRITE "${FOLDER}/page/page.css" "/* All. */
@import url(style/a.css);
b {}
")
file(WRITE "${FOLDER}/page/style/a.css" "a { content: ';[' }
")

function(expect entry expected_text expected_reached)
  pack_file(text reached "${FOLDER}" "${entry}")
  if(NOT text STREQUAL expected_text)
    message(SEND_ERROR "${entry} is:\n${text}\nand not:\n${expected_text}")
  endif()
  if(NOT reached STREQUAL expected_reached)
    message(SEND_ERROR "${entry} is of ${reached}")
  endif()
endfunction()

expect(page/main.js "const lib_low = (() => {
const a = '[;\\n';
async function f() {}
class C {}
return { a, f, C };
})();

const part_side = (() => {
const { C } = lib_low;
new C();
return {  };
})();

const main = (() => {
// Begins.
const all = lib_low;
const {
  a: b,
  f,
} = lib_low;

if (b) Promise.resolve().then(() => part_late);
f(all);
return {  };
})();

const part_late = (() => {
const { a } = lib_low;

const standard = () => a;
return { default: standard };
})();

" "page/lib/low.js;page/part/side.js;page/main.js;page/part/late.js")
expect(page/page.css "a { content: ';[' }

/* All. */
b {}

" "page/style/a.css;page/page.css")

function(expect_refusal text reason)
  file(WRITE "${FOLDER}/page/bad.js" "${text}")
  execute_process(COMMAND ${CMAKE_COMMAND} -DFOLDER=${FOLDER} -DENTRY=page/bad.js -P ${CMAKE_CURRENT_LIST_FILE}
    RESULT_VARIABLE code ERROR_VARIABLE words OUTPUT_QUIET)
  if(code EQUAL 0 OR NOT words MATCHES "${reason}")
    message(SEND_ERROR "refused with ${code}, ${words}:\n${text}")
  endif()
endfunction()

expect_refusal("import all from './lib/low.js';\n" "import is not understood")
expect_refusal("import { a } from 'elsewhere';\n" "import is not understood")
expect_refusal("import { a } from './lib/none.js';\n" "none.js")
expect_refusal("export let a = 1;\n" "is not understood")
expect_refusal("export { a } from './lib/low.js';\n" "is not understood")
expect_refusal("const a = await import(`./lib/\${name}.js`);\n" "is not understood")
expect_refusal("import { a, none } from './lib/low.js';\n" "is not exported")
expect_refusal("import { a } from './bad.js';\n" "in a circle")
