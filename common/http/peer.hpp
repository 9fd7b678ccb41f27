// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/ip/address.hpp>

#include <string_view>

#include "common/http/server.hpp"

namespace redoubt::http {

/// Notes where somebody is.
void name_peer(asio::ip::address address, Peer& peer);

/// Notes a client's certificate in PEM form, which a handshake has verified. Errors: invalid_argument it is
/// none.
Status name_certificate(std::string_view pem, Peer& peer);

} // namespace redoubt::http
