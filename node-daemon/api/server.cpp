// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/server.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <grpcpp/grpcpp.h>
#include <grpcpp/server_posix.h>

#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "common/async/task_scope.hpp"
#include "common/base/unique_fd.hpp"
#include "common/log/log.hpp"
#include "node-daemon/api/running_server.hpp"
#include "node-daemon/api/service.hpp"

namespace redoubt::node::api {
namespace {

constexpr mode_t k_socket_mode = 0660;
constexpr std::chrono::milliseconds k_pause{100};

Result<std::optional<gid_t>> find_group(const std::string& name) {
    if (name.empty()) return std::nullopt;
    std::array<char, 16384> buffer{};
    group entry{};
    group* found = nullptr;
    const int error = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (error != 0) return fail_errno(error, "look up group '{}'", name);
    if (found == nullptr) {
        return fail(Code::invalid_argument, "api.socket_group: there is no group '{}'; groupadd --system {}",
                    name, name);
    }
    return entry.gr_gid;
}

/// gRPC replaces a socket that is there, whoever serves it.
Status check_unused(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = path.string();
    if (text.size() >= sizeof address.sun_path) {
        return fail(Code::invalid_argument, "api.socket '{}': a socket's path has at most {} bytes", text,
                    sizeof address.sun_path - 1);
    }
    std::memcpy(address.sun_path, text.data(), text.size());
    const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!probe) return fail_errno(errno, "open a socket");
    if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
    return fail(Code::already_exists, "another redoubtd serves {}", text);
}

/// gRPC says why it cannot bind only in its log.
Status check_folder(const std::filesystem::path& folder) {
    if (::access(folder.c_str(), W_OK | X_OK) == 0) return {};
    return fail_errno(errno, "make a socket in {}", folder.string());
}

Status give_to_group(const std::filesystem::path& socket, std::optional<gid_t> group) {
    constexpr auto k_same_owner = static_cast<uid_t>(-1);
    if (group && ::chown(socket.c_str(), k_same_owner, *group) != 0) {
        return fail_errno(errno, "give {} to its group", socket.string());
    }
    if (::chmod(socket.c_str(), k_socket_mode) != 0)
        return fail_errno(errno, "set the mode of {}", socket.string());
    return {};
}

class GrpcServer final : public RunningServer {
  public:
    GrpcServer(asio::any_io_executor executor, const NodeParts& parts, ServerOptions options)
        : RunningServer(std::move(executor)), options_(std::move(options)) {
        add(make_node_service(*parts.node, registry(), gate_, options_.stop_timeout));
        add_services_beside(parts, gate_);
    }

    Status start() { return options_.listener ? accept_from_listener() : listen(); }

    Task<void> stop(std::chrono::milliseconds grace) override {
        accepting_.cancel();
        co_await accepting_.join();
        RDT_CO_CHECK(co_await RunningServer::stop(grace));
        std::error_code ignored;
        if (!listener_) std::filesystem::remove(options_.socket, ignored);
        co_return Status();
    }

  private:
    /// Binds a socket of our own.
    Status listen() {
        RDT_TRY(const auto group, find_group(options_.group));
        RDT_CHECK(check_unused(options_.socket));
        RDT_CHECK(check_folder(options_.socket.parent_path()));
        grpc::ServerBuilder builder;
        // A unix socket's port is 1 once it is bound.
        int port = 0;
        builder.AddListeningPort("unix:" + options_.socket.string(), grpc::InsecureServerCredentials(),
                                 &port);
        // Nobody gets in between bind and chmod.
        const mode_t before = ::umask(0777 & ~k_socket_mode);
        server_ = build(builder);
        ::umask(before);
        if (server_ == nullptr || port == 0) {
            return fail(Code::unavailable, "listen on {}: the address is in use", options_.socket.string());
        }
        if (auto status = give_to_group(options_.socket, group); !status) {
            server_->Shutdown();
            return status;
        }
        return {};
    }

    /// gRPC takes no listening socket, but connections.
    Status accept_from_listener() {
        if (::fcntl(options_.listener.get(), F_SETFL, O_NONBLOCK) != 0)
            return fail_errno(errno, "take over {}", options_.socket.string());
        grpc::ServerBuilder builder;
        server_ = build(builder);
        if (server_ == nullptr) return fail(Code::internal, "start the gRPC server");
        listener_.emplace(registry().executor(), options_.listener.release());
        accepting_.spawn(accept());
        return {};
    }

    asio::awaitable<void> accept() {
        while (true) {
            const auto [error] =
                co_await listener_->async_wait(asio::posix::descriptor_base::wait_read, k_as_tuple);
            if (error) co_return;
            const int client =
                ::accept4(listener_->native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
            if (client >= 0) {
                grpc::AddInsecureChannelFromFd(server_, client);
            } else if (errno == EMFILE || errno == ENFILE) {
                log::warning("accept: " + text_of_errno(errno));
                co_await sleep_for(k_pause); // it stays readable
            }
        }
    }

    ServerOptions options_;
    OpenGate gate_;
    grpc::Server* server_ = nullptr;                         ///< the base's
    std::optional<asio::posix::stream_descriptor> listener_; ///< the service manager's
    TaskScope accepting_{registry().executor()};
};

} // namespace

Result<std::unique_ptr<Server>> Server::start(asio::any_io_executor executor, const NodeParts& parts,
                                              ServerOptions options) {
    // The daemon starts VMs; gRPC's fork handlers would stop its threads for each.
    ::setenv("GRPC_ENABLE_FORK_SUPPORT", "0", /*overwrite=*/0);
    auto server = std::make_unique<GrpcServer>(std::move(executor), parts, std::move(options));
    RDT_CHECK(server->start());
    return server;
}

} // namespace redoubt::node::api
