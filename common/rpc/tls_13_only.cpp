// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rpc/tls_13_only.hpp"

#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/err.h>

#include <memory>
#include <string>
#include <tuple>

namespace redoubt::rpc {
namespace {

/// Makes `command` what every new context begins with.
Status begin_contexts_with(const std::string& command) {
    const auto text = "openssl_conf = modules\n[modules]\nssl_conf = contexts\n[contexts]\nsystem_default = "
                      "every\n[every]\n" +
                      command + "\n";
    ERR_clear_error();
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> source(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free_all);
    const std::unique_ptr<CONF, decltype(&NCONF_free)> config(NCONF_new(nullptr), &NCONF_free);
    if (source == nullptr || config == nullptr || NCONF_load_bio(config.get(), source.get(), nullptr) != 1 ||
        CONF_modules_load(config.get(), nullptr, 0) != 1)
        return fail(Code::internal, "set up TLS: OpenSSL does not take '{}'", command);
    return {};
}

} // namespace

Result<Tls13Only> Tls13Only::begin() {
    RDT_CHECK(begin_contexts_with("Protocol = -TLSv1.2"));
    return Tls13Only();
}

Tls13Only::~Tls13Only() {
    if (is_on_) std::ignore = begin_contexts_with("MinProtocol = TLSv1.2");
}

} // namespace redoubt::rpc
