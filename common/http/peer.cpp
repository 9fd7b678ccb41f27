// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/peer.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>

#include "common/http/server_tls.hpp"

namespace redoubt::http {

void name_peer(asio::ip::address address, Peer& peer) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    peer.address = address.to_string();
    peer.group = peer.address;
    if (!address.is_v6()) return;
    auto bytes = address.to_v6().to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    peer.group = asio::ip::address_v6(bytes).to_string() + "/64";
}

Status name_certificate(std::string_view pem, Peer& peer) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> source(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free_all);
    if (source == nullptr) return fail(Code::internal, "read a certificate");
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr), &X509_free);
    if (certificate == nullptr)
        return fail(Code::invalid_argument, "a client's certificate: not one in PEM form");
    describe_certificate(*certificate, peer);
    return {};
}

} // namespace redoubt::http
