/* What the writer is told by other threads while it is at work, in the order of telling. */
#include "node/writer/writer_internal.h"
#include "state/base/heap.h"

void writer_free_news(struct news *news)
{
    qbft_message_fini(&news->message);
    writer_blocks_free(news->blocks);
    mm_heap_free(news);
}

struct news *writer_take_news(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->lock);
    struct news *newest = writer->network->newest;
    writer->network->newest = NULL;
    writer->network->news_count = 0;
    writer->network->news_bytes = 0;
    (void)pthread_mutex_unlock(&writer->lock);
    struct news *oldest = NULL;
    while (newest != NULL) {
        struct news *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

/* Whether it lags is told once a change, and a validator that missed the last one would be silent for good: it always fits, and two
 * that follow each other are one. */
static bool fits_in(const struct writer_part *network, const struct news *news)
{
    return news->kind == NEWS_LAGGING ||
           (network->news_count < NEWS_MAX && network->news_bytes + news->bytes <= NEWS_BYTES_MAX);
}

static bool is_said_by_newest(struct writer_part *network, const struct news *news)
{
    if (news->kind != NEWS_LAGGING || network->newest == NULL ||
        network->newest->kind != NEWS_LAGGING)
        return false;
    network->newest->flag = news->flag;
    return true;
}

static bool add_news(struct writer *writer, struct news *taken_news)
{
    struct writer_part *network = writer->network;
    (void)pthread_mutex_lock(&writer->lock);
    const bool fits = !writer->is_stopping && fits_in(network, taken_news);
    const bool is_said = fits && is_said_by_newest(network, taken_news);
    if (fits && !is_said) {
        taken_news->next = network->newest;
        network->newest = taken_news;
        network->news_count++;
        network->news_bytes += taken_news->bytes;
        writer->has_work = true;
        (void)pthread_cond_signal(&writer->wake);
    }
    (void)pthread_mutex_unlock(&writer->lock);
    if (!fits || is_said)
        writer_free_news(taken_news);
    return fits;
}

bool writer_hear(struct writer *writer, struct qbft_message *taken_message)
{
    struct news *news = mm_heap_zeroed(1, sizeof *news);
    if (news == NULL) {
        qbft_message_fini(taken_message);
        return false;
    }
    news->kind = NEWS_MESSAGE;
    news->message = *taken_message;
    news->bytes = sizeof *news + (taken_message->block == NULL ? 0 : taken_message->block->len);
    return add_news(writer, news);
}

bool writer_import(struct writer *writer, struct writer_blocks *taken_blocks)
{
    struct news *news = mm_heap_zeroed(1, sizeof *news);
    if (news == NULL) {
        writer_blocks_free(taken_blocks);
        return false;
    }
    news->kind = NEWS_BLOCKS;
    news->blocks = taken_blocks;
    news->bytes = sizeof *news + taken_blocks->bytes;
    return add_news(writer, news);
}

bool writer_lag(struct writer *writer, bool lagging)
{
    struct news *news = mm_heap_zeroed(1, sizeof *news);
    if (news == NULL)
        return false;
    news->kind = NEWS_LAGGING;
    news->flag = lagging;
    return add_news(writer, news);
}

void writer_blocks_free(struct writer_blocks *blocks)
{
    if (blocks == NULL)
        return;
    for (size_t i = 0; i < blocks->count; i++)
        mm_heap_free((void *)(uintptr_t)blocks->items[i].block.ptr);
    mm_heap_free(blocks->items);
    mm_heap_free(blocks);
}
