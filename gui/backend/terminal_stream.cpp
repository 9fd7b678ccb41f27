// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/terminal_stream.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <variant>

namespace redoubt::gui {
namespace {

constexpr std::size_t k_most_waiting = 4U << 20U; ///< bytes of output that nobody has shown yet

struct Size {
    std::uint32_t rows;
    std::uint32_t columns;
};
using Order = std::variant<std::string, Size>;

} // namespace

/// What the widget's thread and the two others share. The session is there before any of them.
struct TerminalStream::Link {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::deque<Order> orders;
    std::size_t waiting = 0;
    std::shared_ptr<NodeClient> client; // what the session is a call of
    std::unique_ptr<TerminalSession> session;
    std::jthread reader;
    std::jthread writer;

    void order(Order what) {
        const std::scoped_lock lock(mutex);
        orders.push_back(std::move(what));
        changed.notify_all();
    }

    void write_all(const std::stop_token& stop) {
        while (true) {
            std::unique_lock lock(mutex);
            if (!changed.wait(lock, stop, [this] { return !orders.empty(); })) return;
            const auto next = std::move(orders.front());
            orders.pop_front();
            lock.unlock();
            if (const auto* bytes = std::get_if<std::string>(&next)) {
                if (!session->write(*bytes)) return;
            } else if (const auto& size = std::get<Size>(next); !session->resize(size.rows, size.columns)) {
                return;
            }
        }
    }

    void wait_for_room(const std::stop_token& stop, std::size_t more) {
        std::unique_lock lock(mutex);
        changed.wait(lock, stop, [this] { return waiting < k_most_waiting; });
        waiting += more;
    }

    void shown(std::size_t bytes) {
        const std::scoped_lock lock(mutex);
        waiting -= bytes;
        changed.notify_all();
    }
};

TerminalStream::TerminalStream(NodeConnection& connection, const std::string& container,
                               const std::vector<std::string>& command, std::uint32_t rows,
                               std::uint32_t columns, QObject* parent)
    : QObject(parent), inbox_(this), link_(std::make_shared<Link>()) {
    if (!connection.client()) {
        inbox_.share()->post([this] { Q_EMIT ended(QStringLiteral("no node is connected")); });
        return;
    }
    link_->client = connection.client();
    link_->session = link_->client->terminal(container, command, rows, columns);
    auto* const link = link_.get(); // joins both threads before it goes
    link->writer = std::jthread([link](const std::stop_token& stop) { link->write_all(stop); });
    link->reader = std::jthread([this, link, inbox = inbox_.share()](const std::stop_token& stop) {
        while (auto bytes = link->session->read()) {
            link->wait_for_room(stop, bytes->size());
            inbox->post([this, link, text = QByteArray::fromStdString(*bytes)] {
                link->shown(static_cast<std::size_t>(text.size()));
                Q_EMIT output(text);
            });
        }
        const auto code = link->session->finish();
        const auto how =
            code ? QStringLiteral("exit code %1").arg(*code) : QString::fromStdString(code.error().message);
        inbox->post([this, how] { Q_EMIT ended(how); });
    });
}

TerminalStream::~TerminalStream() {
    if (link_->session) link_->session->cancel();
    link_->reader.request_stop();
    link_->writer.request_stop();
    if (link_->reader.joinable()) link_->reader.join();
    if (link_->writer.joinable()) link_->writer.join();
}

void TerminalStream::write(const QByteArray& bytes) {
    link_->order(bytes.toStdString());
}

void TerminalStream::resize(std::uint32_t rows, std::uint32_t columns) {
    link_->order(Size{rows, columns});
}

} // namespace redoubt::gui
