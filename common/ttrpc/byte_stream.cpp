// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/ttrpc/byte_stream.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace redoubt::ttrpc {
namespace {

using boost::system::error_code;

std::unexpected<Error> fail_io(const char* what, const error_code& error) {
    if (error == asio::error::operation_aborted) return fail(Code::cancelled, "{}: cancelled", what);
    return std::unexpected(Error{code_of_errno(error.value()), std::string(what) + ": " + error.message()});
}

/// Asio's sockets and descriptors share their interface.
template <class Handle>
Task<void> write_whole(Handle& handle, std::string bytes) {
    auto [error, sent] = co_await asio::async_write(handle, asio::buffer(bytes), k_as_tuple);
    if (error) co_return fail_io("write", error);
    co_return Status{};
}

class SocketStream final : public ByteStream {
  public:
    explicit SocketStream(asio::local::stream_protocol::socket socket) : socket_(std::move(socket)) {}

    Task<std::size_t> read_some(std::span<char> into) override {
        auto [error, size] =
            co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), k_as_tuple);
        if (error == asio::error::eof || error == asio::error::connection_reset) co_return 0;
        if (error) co_return fail_io("read", error);
        co_return size;
    }

    Task<void> write(std::string bytes) override { return write_whole(socket_, std::move(bytes)); }

  private:
    asio::local::stream_protocol::socket socket_;
};

class PortStream final : public ByteStream {
  public:
    explicit PortStream(asio::posix::stream_descriptor port) : port_(std::move(port)) {}

    Task<std::size_t> read_some(std::span<char> into) override {
        using namespace std::chrono_literals;
        // The kernel cannot be asked to tell when a host connects, only whether one is there.
        for (Duration pause = 5ms;; pause = std::min<Duration>(2 * pause, 100ms)) {
            auto [error, size] =
                co_await port_.async_read_some(asio::buffer(into.data(), into.size()), k_as_tuple);
            if (!error) {
                has_host_ = true;
                co_return size;
            }
            if (error != asio::error::eof) co_return fail_io("read", error);
            if (std::exchange(has_host_, false)) co_return fail(Code::aborted, "the host has closed its end");
            asio::steady_timer timer(port_.get_executor(), pause);
            if (const auto [stopped] = co_await timer.async_wait(k_as_tuple); stopped)
                co_return fail_io("read", stopped);
        }
    }

    Task<void> write(std::string bytes) override { return write_whole(port_, std::move(bytes)); }

  private:
    asio::posix::stream_descriptor port_;
    bool has_host_ = false; ///< bytes have come since the last end of file
};

} // namespace

std::unique_ptr<ByteStream> make_socket_stream(asio::local::stream_protocol::socket socket) {
    return std::make_unique<SocketStream>(std::move(socket));
}

std::unique_ptr<ByteStream> make_port_stream(asio::posix::stream_descriptor port) {
    return std::make_unique<PortStream>(std::move(port));
}

Task<std::unique_ptr<ByteStream>> connect_unix(std::string path) {
    if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path))
        co_return fail(Code::invalid_argument, "socket path '{}' is not of 1 to {} bytes", path,
                       sizeof(sockaddr_un::sun_path) - 1);
    asio::local::stream_protocol::socket socket(co_await asio::this_coro::executor);
    auto [error] = co_await socket.async_connect(asio::local::stream_protocol::endpoint(path), k_as_tuple);
    if (error) co_return fail_io(("connect to " + path).c_str(), error);
    co_return make_socket_stream(std::move(socket));
}

} // namespace redoubt::ttrpc
