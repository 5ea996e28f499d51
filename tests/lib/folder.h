/* A folder for one test. What goes wrong here is a failed assertion. */
#ifndef TESTS_LIB_FOLDER_H
#define TESTS_LIB_FOLDER_H

enum { FOLDER_PATH_BYTES = 64 };

/* A fresh one, /tmp/mintmark-<what>-… */
void folder_make(char path[FOLDER_PATH_BYTES], const char *what);
/* With everything in it. */
void folder_remove(const char *path);

#endif
