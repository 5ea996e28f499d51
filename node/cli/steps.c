#include "node/cli/steps.h"

#include "state/base/assert.h"
#include "state/codec/hex.h"

enum { JSON_BYTES_MAX = 8 << 20 };

struct step *steps_begin(struct steps *steps, const char *name)
{
    MM_ASSERT(steps->count < STEPS_MAX);
    steps->items[steps->count] = (struct step){ .name = name };
    return &steps->items[steps->count++];
}

void step_add(struct steps *steps, struct step *step, const char *key, mm_bytes value)
{
    mm_bytes copy = { NULL, 0 };
    MM_ASSERT(step->count < STEP_VALUES_MAX);
    if (mm_arena_copy(&steps->run->arena, &copy, value) == MM_OK) {
        step->keys[step->count] = key;
        step->values[step->count++] = copy;
    }
}

void step_add_text(struct steps *steps, struct step *step, const char *key, const char *text)
{
    step_add(steps, step, key, mm_bytes_str(text));
}

static void add_digits(struct steps *steps, struct step *step, const char *key, const char *digits)
{
    step->is_number[step->count] = true;
    step_add_text(steps, step, key, digits);
}

void step_add_number(struct steps *steps, struct step *step, const char *key, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    add_digits(steps, step, key, text);
}

void step_add_thousandths(struct steps *steps, struct step *step, const char *key, int64_t number)
{
    char text[32];
    const uint64_t size = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    snprintf(text, sizeof text, "%s%llu.%03u", number < 0 ? "-" : "",
             (unsigned long long)(size / 1000), (unsigned)(size % 1000));
    add_digits(steps, step, key, text);
}

void step_add_hash(struct steps *steps, struct step *step, const char *key, const mm_hash32 *hash)
{
    char text[2 + 64 + 1] = "0x";
    hex_encode(text + 2, mm_bytes_hash(hash));
    step_add(steps, step, key, mm_bytes_from(text, 2 + 64));
}

int steps_end(struct steps *steps, struct step *step, int status, const char *why)
{
    step->ok = status == CLI_OK;
    if (status == CLI_UNVERIFIED) {
        const char *copy = mm_arena_text(&steps->run->arena, mm_bytes_str(why));
        step->why = copy == NULL ? "out of memory" : copy;
    }
    return status;
}

/* ---- the result ---- */

static void print_lines(const struct steps *steps)
{
    for (size_t i = 0; i < steps->count; i++) {
        const struct step *step = &steps->items[i];
        printf("%s %s\n", cli_mark(steps->run, step->ok), step->name);
        for (size_t k = 0; k < step->count; k++) {
            printf("    ");
            cli_field(steps->run, step->keys[k], step->values[k]);
        }
        if (step->why != NULL) {
            printf("    ");
            cli_print(stdout, mm_bytes_str(step->why));
            putchar('\n');
        }
    }
}

static void add_step(struct json_writer *w, const struct step *step)
{
    json_open_object(w);
    json_key(w, "step");
    json_add_text(w, step->name);
    json_key(w, "ok");
    json_add_bool(w, step->ok);
    for (size_t i = 0; i < step->count; i++) {
        json_key(w, step->keys[i]);
        if (step->is_number[i])
            json_add_raw(w, step->values[i]);
        else
            json_add_string(w, step->values[i]);
    }
    if (step->why != NULL) {
        json_key(w, "problem");
        json_add_text(w, step->why);
    }
    json_close_object(w);
}

static void write_steps(struct json_writer *w, const struct steps *steps)
{
    json_key(w, "steps");
    json_open_array(w);
    for (size_t i = 0; i < steps->count; i++)
        add_step(w, &steps->items[i]);
    json_close_array(w);
}

static int print_json(const struct steps *steps, const mm_u256 *id, bool ok)
{
    struct mm_buf json;
    mm_buf_init(&json, JSON_BYTES_MAX);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    json_key(&w, "ok");
    json_add_bool(&w, ok);
    cli_json_token(&w, id);
    json_key(&w, "trusted");
    json_add_text(&w, cli_is_given(steps->run, "trust") ? "given" : "node");
    write_steps(&w, steps);
    json_close_object(&w);
    return cli_print_json(steps->run, &json);
}

int steps_tell(const struct steps *steps, const mm_u256 *id, int status)
{
    if (status != CLI_OK && status != CLI_UNVERIFIED)
        return status;
    if (!cli_flag(steps->run, "json")) {
        print_lines(steps);
        return status;
    }
    const int printed = print_json(steps, id, status == CLI_OK);
    return printed != CLI_OK ? printed : status;
}
