// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/server_tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>

#include "common/encoding/hex.hpp"

namespace redoubt::http {
namespace {

namespace ssl = boost::asio::ssl;

constexpr const char* k_tls12_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

Status set_identity(ssl::context& context, const ServerIdentity& identity) {
    boost::system::error_code error;
    context.use_certificate_chain(asio::buffer(identity.certificate_chain), error);
    if (error) return fail(Code::invalid_argument, "TLS certificate: {}", error.message());
    context.use_private_key(asio::buffer(identity.private_key), ssl::context::pem, error);
    if (error) return fail(Code::invalid_argument, "TLS private key: {}", error.message());
    if (SSL_CTX_check_private_key(context.native_handle()) != 1)
        return fail(Code::invalid_argument, "TLS private key: not the certificate's");
    if (identity.client_authorities.empty()) return {};
    context.add_certificate_authority(asio::buffer(identity.client_authorities), error);
    if (error) return fail(Code::invalid_argument, "TLS client authorities: {}", error.message());
    // A client may come without; what it may do then is decided later.
    context.set_verify_mode(ssl::verify_peer, error);
    return {};
}

} // namespace

Result<ServerTls> ServerTls::make(const ServerIdentity& identity) {
    ERR_clear_error();
    auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
    SSL_CTX* native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                    SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT);
    if (SSL_CTX_set_cipher_list(native, k_tls12_ciphers) != 1)
        return fail(Code::internal, "set up TLS ciphers");
    static constexpr std::array<unsigned char, 11> k_session_context{'r', 'e', 'd', 'o', 'u', 'b',
                                                                     't', '-', 'k', 'b', 's'};
    SSL_CTX_set_session_id_context(native, k_session_context.data(), k_session_context.size());
    RDT_CHECK(set_identity(*context, identity));
    return ServerTls(std::move(context));
}

void describe_client(SSL* connection, Peer& peer) {
    X509* certificate = SSL_get0_peer_certificate(connection);
    if (certificate == nullptr || SSL_get_verify_result(connection) != X509_V_OK) return;
    describe_certificate(*certificate, peer);
}

void describe_certificate(const X509& certificate, Peer& peer) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (X509_digest(&certificate, EVP_sha256(), digest.data(), &size) != 1) return;
    peer.certificate_sha256 = encoding::to_hex({reinterpret_cast<const char*>(digest.data()), size});
    std::array<char, 256> name{};
    if (X509_NAME_get_text_by_NID(X509_get_subject_name(&certificate), NID_commonName, name.data(),
                                  static_cast<int>(name.size())) > 0)
        peer.common_name = name.data();
}

} // namespace redoubt::http
