// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/tls_context.hpp"

#include <gtest/gtest.h>

#include "common/crypto/self_signed.hpp"
#include "common/encoding/base64.hpp"

namespace redoubt::http {
namespace {

TlsIdentity made_identity() {
    const auto key = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto der = crypto::make_self_signed(key, "me", now, std::chrono::days(1)).value();
    return {"-----BEGIN CERTIFICATE-----\n" + encoding::to_base64(der) + "\n-----END CERTIFICATE-----\n",
            std::string(key.pem().value().view())};
}

std::string fault_of(const TlsSettings& settings) {
    const auto made = TlsContext::make(settings);
    if (made) return "";
    EXPECT_EQ(made.error().code, Code::invalid_argument);
    return made.error().message;
}

TEST(TlsContext, TakesACertificateWithItsKey) {
    TlsSettings settings;
    settings.identity = made_identity();
    EXPECT_EQ(fault_of(settings), "");
}

TEST(TlsContext, RefusesAnIdentityThatIsNotWhole) {
    TlsSettings settings;
    settings.identity = made_identity();
    settings.identity.private_key = made_identity().private_key;
    EXPECT_TRUE(fault_of(settings).contains("belongs to the certificate"));
    settings.identity.private_key.clear();
    EXPECT_TRUE(fault_of(settings).contains("client key"));
    settings.identity = made_identity();
    settings.identity.certificate_chain.clear();
    EXPECT_TRUE(fault_of(settings).contains("client certificate"));
}

TEST(TlsContext, WhereOnlyTheGivenAuthoritiesCountThereHaveToBeSome) {
    TlsSettings settings{.authorities = TlsAuthorities::given};
    EXPECT_TRUE(fault_of(settings).contains("none are given"));
    settings.ca_certificates = "no certificate";
    EXPECT_TRUE(fault_of(settings).contains("no certificate in PEM form"));
    settings.ca_certificates = made_identity().certificate_chain;
    EXPECT_EQ(fault_of(settings), "");
}

} // namespace
} // namespace redoubt::http
