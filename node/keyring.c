#include "node/keyring.h"

#include "node/keys/hdwallet.h"

const char KEYRING_MNEMONIC[] = "test test test test test test test test test test test junk";

static mm_err copy_secret(struct secp_secret **out, const struct hdwallet *place)
{
    *out = secp_secret_new(secp_secret_bytes(hdwallet_secret(place)));
    return *out == NULL ? MM_ERR_NO_MEMORY : MM_OK;
}

static mm_err derive(struct keyring *keyring, const struct hdwallet *master)
{
    struct secp_secret *secrets[KEYRING_ACCOUNTS];
    if (hdwallet_accounts(secrets, KEYRING_ACCOUNTS, 0, master) != HDWALLET_OK)
        return MM_ERR_CRYPTO;
    for (size_t i = 0; i < KEYRING_ACCOUNTS; i++) {
        keyring->accounts[i].secret = secrets[i];
        keyring->accounts[i].addr = secp_secret_addr(secrets[i]);
    }
    struct hdwallet *place = NULL;
    if (hdwallet_descend(&place, master, MM_BYTES_LIT("m/44'/60'/1'/0/0")) != HDWALLET_OK)
        return MM_ERR_CRYPTO;
    const mm_err err = copy_secret(&keyring->validator, place);
    hdwallet_free(place);
    return err;
}

mm_err keyring_init(struct keyring *keyring)
{
    *keyring = (struct keyring){ 0 };
    struct hdwallet *master = NULL;
    if (hdwallet_from_mnemonic(&master, mm_bytes_str(KEYRING_MNEMONIC), (mm_bytes){ NULL, 0 },
                               NULL) != HDWALLET_OK)
        return MM_ERR_CRYPTO;
    const mm_err err = derive(keyring, master);
    hdwallet_free(master);
    if (err != MM_OK)
        keyring_fini(keyring);
    return err;
}

void keyring_fini(struct keyring *keyring)
{
    for (size_t i = 0; i < KEYRING_ACCOUNTS; i++) {
        /* The backend sees them as borrowed; they are this ring's. */
        union {
            const struct secp_secret *shown;
            struct secp_secret *owned;
        } secret = { .shown = keyring->accounts[i].secret };
        secp_secret_free(secret.owned);
    }
    secp_secret_free(keyring->validator);
    *keyring = (struct keyring){ 0 };
}
