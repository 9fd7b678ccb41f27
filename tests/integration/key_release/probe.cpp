// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
/// The guest's client of a key broker as a program on the host: its relay is a unix socket, its evidence a
/// simulator's port that somebody has opened for it. A URI a line comes in, an answer a line goes out; a line
/// "event DOMAIN OPERATION CONTENT" has the event measured, and "token" gives a new token,
/// "connect" connects before anything is asked.
///
///     probe RELAY_SOCKET EVIDENCE_FD INITDATA_FILE TOTAL_MS

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>

#include "common/base/file.hpp"
#include "common/encoding/hex.hpp"
#include "common/initdata/initdata.hpp"
#include "guest-image/attester/attester.hpp"
#include "guest-image/attester/simtee/simtee_device.hpp"
#include "guest-image/key_release/broker_client.hpp"
#include "guest-image/key_release/relay_port.hpp"

namespace redoubt {
namespace {

using guest::key_release::BrokerClient;
using guest::key_release::RelayPort;

std::string answer_line(const Result<crypto::Secret>& value, unsigned handshakes) {
    boost::json::object line{{"handshakes", handshakes}};
    if (value) {
        line["value"] = encoding::to_hex(value->view());
    } else {
        line["code"] = name_of(value.error().code);
        line["message"] = value.error().message;
    }
    return boost::json::serialize(line);
}

/// What is no URI: {"token"}, or {} when an event was noted.
Task<std::string> do_other(const std::string& line, BrokerClient& client,
                           guest::attester::Attester& attester) {
    boost::json::object answer;
    if (line == "token") {
        RDT_CO_TRY(answer["token"], co_await client.token());
        co_return boost::json::serialize(answer);
    }
    if (line == "connect") {
        RDT_CO_CHECK(co_await client.connect_ahead());
        co_return boost::json::serialize(answer);
    }
    std::istringstream words(line.substr(std::string_view("event ").size()));
    tee::RuntimeEvent event;
    words >> event.domain >> event.operation >> std::ws;
    std::getline(words, event.content);
    RDT_CO_CHECK(co_await attester.note(std::move(event)));
    co_return boost::json::serialize(answer);
}

Task<void> answer_all(std::string relay_path, int evidence_fd, std::string text,
                      std::chrono::milliseconds total) {
    const auto executor = co_await asio::this_coro::executor;
    asio::local::stream_protocol::socket port(executor, asio::local::stream_protocol(), evidence_fd);
    guest::attester::Attester attester(
        std::make_unique<guest::attester::simtee::SimteeDevice>(ttrpc::make_socket_stream(std::move(port))),
        executor);
    RDT_CO_TRY(const auto initdata, initdata::Initdata::parse(text));
    const auto* const settings_text = initdata.find(initdata::k_attestation_entry);
    if (settings_text == nullptr) co_return fail(Code::invalid_argument, "no aa.toml");
    RDT_CO_TRY(auto settings, guest::key_release::parse_broker_settings(*settings_text));
    std::unique_ptr<RelayPort> relay;
    guest::key_release::BrokerParts parts{
        .settings = std::move(settings), .init_data = text, .dial = {}, .patience = {}};
    parts.patience.total = total;
    parts.patience.connect = total / 3;
    parts.patience.exchange = total / 3;
    // A virtio port outlives the daemon at its other end; a socket has to be connected anew.
    parts.dial = [&relay, relay_path]() -> Task<std::unique_ptr<ttrpc::ByteStream>> {
        if (relay) {
            auto again = co_await relay->connect();
            if (again) co_return again;
        }
        RDT_CO_TRY(auto socket, co_await ttrpc::connect_unix(relay_path));
        relay = std::make_unique<RelayPort>(std::move(socket));
        co_return co_await relay->connect();
    };
    RDT_CO_TRY(const auto client, BrokerClient::make(std::move(parts), attester, executor));
    for (std::string uri; std::getline(std::cin, uri);) {
        if (!uri.starts_with("kbs:")) {
            const auto done = co_await do_other(uri, *client, attester);
            std::cout << (done ? *done : answer_line(std::unexpected(done.error()), client->handshakes()))
                      << std::endl;
            continue;
        }
        const auto value = co_await client->get(uri);
        std::cout << answer_line(value, client->handshakes()) << std::endl;
    }
    co_return Status{};
}

int run(int argc, char** argv) {
    if (argc != 5) return 2;
    const auto text = read_file(argv[3]);
    if (!text) return 2;
    asio::io_context io(1);
    int code = 1;
    asio::co_spawn(
        io, answer_all(argv[1], std::atoi(argv[2]), *text, std::chrono::milliseconds(std::atoi(argv[4]))),
        [&](const std::exception_ptr& error, const Status& status) {
            if (error) std::rethrow_exception(error);
            if (!status) std::cerr << status.error().message << "\n";
            code = status ? 0 : 1;
        });
    io.run();
    return code;
}

} // namespace
} // namespace redoubt

int main(int argc, char** argv) {
    try {
        return redoubt::run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
