/* Messages that wait, in the order in which they came. */
#include "rpc/http/socket_internal.h"
#include "state/base/heap.h"

bool messages_add(struct messages *messages, struct mm_buf *text)
{
    struct message *message = mm_heap_alloc(sizeof *message);
    if (message == NULL)
        return false;
    *message = (struct message){ .text = *text };
    *(messages->first == NULL ? &messages->first : &messages->last->next) = message;
    messages->last = message;
    messages->bytes += text->len;
    mm_buf_init(text, text->bytes_max);
    return true;
}

bool messages_take(struct messages *messages, struct mm_buf *text)
{
    struct message *message = messages->first;
    if (message == NULL)
        return false;
    messages->first = message->next;
    messages->bytes -= message->text.len;
    *text = message->text;
    mm_heap_free(message);
    return true;
}

void messages_drop(struct messages *messages)
{
    struct mm_buf text;
    while (messages_take(messages, &text))
        mm_buf_fini(&text);
}
