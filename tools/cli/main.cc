// SPDX-License-Identifier: Apache-2.0
#include "crypto/secret.h"

int main() { return spor::InitCrypto().ok() ? 0 : 70; }
