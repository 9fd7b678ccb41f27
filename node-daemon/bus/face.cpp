// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/bus/face.hpp"

#include <optional>

#include "common/log/log.hpp"
#include "node-daemon/bus/manager.hpp"
#include "node-daemon/bus/names.hpp"

namespace redoubt::node::bus {
namespace {

using namespace std::chrono_literals;

constexpr auto k_reconnect_pause = 5s;
constexpr auto k_name_limit = 10s;
// Source: the D-Bus specification, org.freedesktop.DBus.RequestName.
constexpr std::uint32_t k_do_not_queue = 4;
constexpr std::uint32_t k_is_owner = 1;

Task<void> take_name(Connection& connection) {
    sd_bus_message* raw = nullptr;
    RDT_CO_CHECK(check(::sd_bus_message_new_method_call(connection.get(), &raw, "org.freedesktop.DBus",
                                                        "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                                        "RequestName"),
                       "ask for the name"));
    Message request(raw);
    RDT_CO_CHECK(check(::sd_bus_message_append(raw, "su", k_service, k_do_not_queue), "ask for the name"));
    RDT_CO_TRY(const auto answer, co_await connection.call(std::move(request), k_name_limit));
    std::uint32_t result = 0;
    RDT_CO_CHECK(check(::sd_bus_message_read(answer.get(), "u", &result), "ask for the name"));
    if (result != k_is_owner)
        co_return fail(Code::already_exists, "another daemon is {} on the bus", k_service);
    co_return Status();
}

/// What lives as long as one connection.
struct Session {
    Session(std::unique_ptr<Connection> open, sandbox::Node& node, std::chrono::seconds stop_timeout)
        : connection(std::move(open)), calls(connection->executor()), jobs(*connection),
          containers(*connection, node, jobs, calls), manager(containers, stop_timeout) {}

    Status export_objects() {
        RDT_CHECK(manager.export_object());
        RDT_CHECK(containers.export_objects());
        return jobs.export_objects();
    }

    std::unique_ptr<Connection> connection;
    TaskScope calls;
    Jobs jobs;
    Containers containers;
    Manager manager;
};

class BusFace final : public Face {
  public:
    BusFace(asio::any_io_executor executor, sandbox::Node& node, FaceOptions options)
        : executor_(std::move(executor)), node_(node), options_(std::move(options)), serving_(executor_),
          announcing_(executor_) {}

    Task<void> start() {
        events_ = sandbox::watch_events(node_, 0, /*follow=*/true);
        RDT_CO_TRY(auto connection, Connection::open(executor_, options_.address));
        session_.emplace(std::move(connection), node_, options_.stop_timeout);
        RDT_CO_CHECK(session_->export_objects());
        serving_.spawn(serve());
        RDT_CO_CHECK(co_await take_name(*session_->connection));
        announcing_.spawn(announce());
        co_return Status();
    }

    asio::awaitable<void> stop() override {
        if (session_)
            ::sd_bus_release_name_async(session_->connection->get(), nullptr, k_service, nullptr, nullptr);
        events_->close();
        co_await announcing_.join();
        co_await finish_session();
        serving_.cancel();
        co_await serving_.join();
        session_.reset();
    }

  private:
    asio::awaitable<void> announce() {
        while (const auto event = co_await events_->next())
            if (session_) session_->manager.announce(*event);
    }

    /// Calls at work are answered while the connection is still there.
    asio::awaitable<void> finish_session() {
        if (!session_) co_return;
        co_await session_->calls.join();
        co_await session_->jobs.finish();
        ::sd_bus_flush(session_->connection->get());
    }

    asio::awaitable<void> serve() {
        co_await asio::this_coro::throw_if_cancelled(false);
        while (true) {
            const auto ended = co_await session_->connection->run();
            if (ended.error().code == Code::cancelled) co_return;
            log::warning("D-Bus: " + ended.error().message);
            co_await finish_session();
            if (!co_await reconnect()) co_return;
        }
    }

    /// False: the face is to stop.
    asio::awaitable<bool> reconnect() {
        while (true) {
            co_await sleep_for(k_reconnect_pause);
            if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
                co_return false;
            auto connection = Connection::open(executor_, options_.address);
            if (!connection) continue;
            session_.emplace(std::move(*connection), node_, options_.stop_timeout);
            // Nobody waits for the answer: who has the name now shows in every call.
            ::sd_bus_request_name_async(session_->connection->get(), nullptr, k_service, 0, nullptr, nullptr);
            if (session_->export_objects()) co_return true;
        }
    }

    asio::any_io_executor executor_;
    sandbox::Node& node_;
    FaceOptions options_;
    std::unique_ptr<sandbox::EventHub::Subscription> events_;
    std::optional<Session> session_;
    TaskScope serving_;
    TaskScope announcing_;
};

} // namespace

Task<std::unique_ptr<Face>> Face::start(asio::any_io_executor executor, sandbox::Node& node,
                                        FaceOptions options) {
    auto face = std::make_unique<BusFace>(std::move(executor), node, std::move(options));
    if (auto started = co_await face->start(); !started) {
        co_await face->stop();
        co_return std::unexpected(std::move(started).error());
    }
    co_return face;
}

} // namespace redoubt::node::bus
